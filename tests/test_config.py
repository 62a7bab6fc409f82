"""Typed configuration."""

from __future__ import annotations

import pytest

from kinesis_fast import InputError, config
from kinesis_fast.learn.config import TrainConfig, load_train_config, preset_paths


def test_presets_are_installed_and_valid() -> None:
    names = {"quickstart", "walk", "kinesis", "generalist", "generalist-large"}
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
        ("walk", ["num_envs=many"], "setting 'num_envs': .*many"),
        ("walk", ["env.reward=3"], "setting 'env.reward': .*RewardConfig"),
        ("walk", ["num_envs=-1"], "num_envs is -1; it must be in"),
        ("walk", ["ppo.gamma=1.5"], r"ppo.gamma is 1.5; it must be in \[0, 1\]"),
        ("walk", ["num_envs"], "'num_envs' is no setting; settings are written key=value"),
        ("walk", ["policy.activation=silo"], "'silo' is not known; did you mean 'silu'"),
        ("walk", ["policy.hidden_sizes=[]"], "need a layer each"),
        ("walk", ["env.auto_reset=false"], "training needs it to be true"),
    ],
)
def test_bad_settings_name_value_and_remedy(preset: str, settings: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_train_config(preset, settings)
