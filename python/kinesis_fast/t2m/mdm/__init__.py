"""The Motion Diffusion Model (Tevet et al., ICLR 2023) as a text-to-motion backend.

Weights are the user's: a folder with a published checkpoint (``model*.pt``), its ``args.json`` and
the features' ``t2m_mean.npy`` and ``t2m_std.npy``, and CLIP ViT-B/32.
"""

from kinesis_fast.t2m.mdm.backend import MotionDiffusion

__all__ = ["MotionDiffusion"]
