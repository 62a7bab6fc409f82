"""Motion capture: from recordings to a library of motions of the model."""
