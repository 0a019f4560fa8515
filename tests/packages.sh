#!/bin/sh
# Installs what is missing of packages.txt where we are root, and says what to type elsewhere. That
# is never a reason to fail: not offline, not without apt.
command -v apt-get > /dev/null || exit 0
folder=$(dirname "$0")
missing=
for package in $(sed 's/#.*//' "$folder/packages.txt"); do
	dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' \
		|| missing="$missing $package"
done
[ -n "$missing" ] || exit 0

apt() {
	DEBIAN_FRONTEND=noninteractive timeout 300 apt-get -qq -o DPkg::Lock::Timeout=120 \
		-o Acquire::Retries=1 -o Acquire::http::Timeout=15 "$@" > /dev/null 2>&1
}

if [ "$(id -u)" -eq 0 ]; then
	echo "test: installing$missing"
	# shellcheck disable=SC2086 # one word a package
	apt install -y --no-install-recommends $missing && exit 0
	# A fresh machine has no list of packages, and an old list names what is no longer there.
	# shellcheck disable=SC2086
	apt update && apt install -y --no-install-recommends $missing && exit 0
fi
echo "test: some tests will be skipped; type: sudo apt-get update && sudo apt-get install$missing"
