"""The muscle prior of motions: what they ask of joints, muscles and floor."""
