"""Every policy of the package has a recipe, of commands and settings that there are."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path

import pytest
import typer

from kinesis_fast.cli.app import app
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.config import load_train_config

RECIPES = Path(__file__).parents[2] / "benchmarks" / "policies.toml"
pytestmark = pytest.mark.skipif(not RECIPES.exists(), reason="the repository is not around")


def test_every_policy_has_a_recipe_that_can_be_run() -> None:
    recipes = tomllib.loads(RECIPES.read_text())
    own = {path.stem for path in checkpoints.ASSETS.glob("*" + checkpoints.SUFFIX)}
    assert set(recipes) == own
    root = typer.main.get_command(app)
    for recipe in recipes.values():
        assert recipe["hours"] > 0 and recipe["same"]
        for line in recipe["run"]:
            name, *arguments = shlex.split(line)
            assert name == "kinesis-fast"
            command = root
            while hasattr(command, "commands"):
                command = command.commands[arguments.pop(0)]
            options = {option for one in command.params for option in one.opts}
            assert {word for word in arguments if word.startswith("--")} <= options | {
                "--no-mirror", "--half"
            }  # fmt: skip
            if line.startswith("kinesis-fast train"):
                check_settings(arguments)
        assert "mean" not in recipe or sum(recipe["mean"].values()) == pytest.approx(1.0)


def check_settings(arguments: list[str]) -> None:
    def given(name: str, default: str) -> str:
        return arguments[arguments.index(name) + 1] if name in arguments else default

    settings = [word for word in arguments if "=" in word]
    task = {"task": given("--task", "")} if "--task" in arguments else {}
    load_train_config(given("--preset", "quickstart"), task, settings)
