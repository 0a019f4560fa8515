#!/bin/sh
# As root: installs the packages of packages.txt that are missing. As another user: prints the command to
# type. It never fails, not even offline or without apt.
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
	# Some are daemons, and none shall start: Debian asks this program, and 101 means no.
	policy=/usr/sbin/policy-rc.d
	if [ ! -e "$policy" ]; then
		trap 'rm -f "$policy"' EXIT
		trap 'exit 1' INT TERM
		printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod 755 "$policy"
	fi
	# shellcheck disable=SC2086 # one word a package
	apt install -y --no-install-recommends $missing && exit 0
	# A fresh machine has no package list, and an old list names versions that no longer exist.
	# shellcheck disable=SC2086
	apt update && apt install -y --no-install-recommends $missing && exit 0
fi
echo "test: some tests will be skipped; type: sudo apt-get update && sudo apt-get install$missing"
