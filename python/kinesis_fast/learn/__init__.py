"""Learning: policies, PPO, rollouts, checkpoints, and the training loop."""
