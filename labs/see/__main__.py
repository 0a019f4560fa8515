"""See what a lab teaches: start its server, be its clients, print what they observe.

    python3 labs/see blocking                       # the effect, with the server of labs/blocking
    python3 labs/see blocking --language python     # the same, with its twin
    python3 labs/see blocking --grade my_server     # is the exercise of the page solved?

scenes/LAB.py has the steps of each. Exit status of --grade: 0 solved, 1 not yet.
"""

import argparse
import importlib
import sys
from pathlib import Path

from stage import LABS, Launch


def main() -> None:
    scenes = sorted(path.stem for path in (LABS / "see" / "scenes").glob("*.py"))
    parser = argparse.ArgumentParser(prog="see", description="See what a lab teaches.")
    parser.add_argument("lab", choices=scenes)
    parser.add_argument("--language", choices=["c", "python"])
    parser.add_argument("--grade", metavar="FOLDER", type=Path, help="check the exercise")
    arguments = parser.parse_args()
    scene = importlib.import_module(f"scenes.{arguments.lab}")
    if arguments.grade is None:
        scene.see(Launch(LABS / arguments.lab, arguments.language))
        return
    if not any((arguments.grade / name).exists() for name in ("server.c", "server.py")):
        parser.error(f"{arguments.grade} has neither server.c nor server.py")
    print(scene.EXERCISE)
    for text, right in scene.grade(Launch(arguments.grade.resolve(), arguments.language)):
        print("PASS" if right else "FAIL", text, flush=True)
        if not right:
            sys.exit(1)
    print("solved")


main()
