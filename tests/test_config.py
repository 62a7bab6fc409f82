"""Typed configuration."""

from __future__ import annotations

import pytest

from kinesis_fast import InputError, config
from kinesis_fast.learn.config import TrainConfig, load_train_config, preset_paths
from kinesis_fast.settings import Of, before, listed, settings_of
from kinesis_fast.tasks import TASKS, find_task


def test_presets_are_installed_and_valid() -> None:
    names = {"quickstart", "walk", "kinesis", "generalist", "generalist-large", "clinic"}
    assert set(preset_paths()) == names
    for name in preset_paths():
        assert load_train_config(name).preset == name


def test_kinesis_preset_has_the_papers_sizes() -> None:
    settings = load_train_config("kinesis")
    assert settings.num_envs * settings.ppo.num_steps == 51_200
    assert settings.ppo.policy_lr == 5e-5 and settings.ppo.value_lr == 3e-4
    assert (settings.ppo.gamma, settings.ppo.lam, settings.ppo.clip) == (0.99, 0.95, 0.2)
    assert settings.ppo.epochs == 10
    assert settings.policy.hidden_sizes == [2048, 1536, 1024, 1024, 512, 512]
    assert settings.policy.activation == "silu"


def test_layers_win_in_order() -> None:
    settings = load_train_config("quickstart", {"seed": 1}, ["seed=2", "ppo.gamma=0.5"])
    assert settings.seed == 2 and settings.ppo.gamma == 0.5


def test_a_task_brings_its_motions() -> None:
    assert load_train_config("quickstart", ["task=steer"]).motions == "gait-steer"
    assert load_train_config("quickstart", ["task=steer", "motions=gait"]).motions == "gait"


def test_yaml_round_trip() -> None:
    settings = load_train_config("walk", ["env.termination_distance=0.3"])
    assert config.merge(TrainConfig, config.to_dict(settings)) == settings
    assert "termination_distance: 0.3" in config.to_yaml(settings)


@pytest.mark.parametrize(
    ("preset", "settings", "message"),
    [
        ("quikstart", [], "unknown preset 'quikstart'; did you mean 'quickstart'"),
        ("walk", ["num_env=3"], "unknown setting 'num_env'; did you mean 'num_envs'"),
        ("walk", ["ppo.gama=0.9"], "unknown setting 'gama' in 'ppo'; did you mean 'gamma'"),
        ("walk", ["num_envs=many"], "setting 'num_envs': 'many' is not a whole number"),
        ("walk", ["env.reward=3"], "setting 'env.reward': .*RewardConfig"),
        ("walk", ["num_envs=-1"], "num_envs is -1; it must be in"),
        ("walk", ["ppo.gamma=1.5"], r"ppo.gamma is 1.5; it must be in \[0, 1\]"),
        ("walk", ["ppo.lam=" + "9" * 400], "setting 'ppo.lam': .*too large"),
        ("walk", ["ppo.lam=\x00"], "setting 'ppo.lam', .*is not understood: unacceptable"),
        ("walk", ["capture=!!python/object/apply:os.system [ls]"], "setting 'capture', .*tag"),
        ("walk", ["clips=[[1,2],[3]]"], r"clips is \[1, 2\]; it must be text"),
        ("walk", ["policy.hidden_sizes.y={a: 1}"], "setting 'policy.hidden_sizes.y'"),
        ("walk", ["num_envs"], "'num_envs' is no setting; settings are written key=value"),
        ("walk", ["policy.activation=silo"], "'silo' is not known; did you mean 'silu'"),
        (
            "walk",
            ["policy.hidden_sizes=[]"],
            "has 0 numbers; it must have 1 or more",
        ),
        ("walk", ["env.joint.reach=20"], r"env.joint.reach is 20.0; it must be in \[0, 10\]"),
        ("walk", ["env.randomise_reference.bend=[2, 3]"], r"bend is 2.0; it must be in \[-1, 1\]"),
        ("walk", ["env.randomise_reference.bend=[0.2, 0.1]"], "a lower and an upper bound"),
        ("walk", ["env.auto_reset=false"], "training needs it to be true"),
        ("generalist", ["task=reach"], "preset 'generalist' does not fit task 'reach': randomise"),
    ],
)
def test_bad_settings_name_value_and_remedy(preset: str, settings: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_train_config(preset, settings)


@pytest.mark.parametrize("task", TASKS)
def test_every_setting_says_what_it_may_be_and_means(task: str) -> None:
    for setting in listed(TrainConfig(task=task, env=find_task(task).config())):
        assert setting.meaning.endswith("."), f"{setting.name}: {setting.meaning!r}"
        parts = setting.value if isinstance(setting.value, list) else [setting.value]
        kinds = {type(part) for part in parts}
        if kinds & {int, float}:
            assert " to " in setting.allowed, f"{setting.name} has no range"
        if float in kinds:
            assert setting.unit is not None, f"{setting.name} has no unit"


def test_a_policy_is_inherited_with_what_it_sees_and_how_it_acts() -> None:
    config = find_task("steer").config
    sees = {"observed_bodies", "observe_muscles", "preview", "observe_root_rotation", "joint"}
    sees.add("observe_conditions")
    assert set(settings_of(config, Of.POLICY)) == sees
    episodes = {"random_start", "auto_reset", "max_episode_steps"}
    assert set(settings_of(config, Of.EPISODES)) == episodes
    assert set(settings_of(config, Of.FOLLOWING)) == {"tracked_bodies", "reward"}
    assert before(config) == {
        "physics": "fused",
        "control_mode": "length",
        "joint": {"lead": 0.0, "torque_lead": 0.0},
    }
