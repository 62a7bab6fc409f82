"""What a policy can do: clip by clip, told where to go, by sentences, on references that err."""
