"""Models without what only pictures need."""

from __future__ import annotations

import mujoco
import numpy as np


def strip_unused(spec: mujoco.MjSpec, model: mujoco.MjModel) -> None:
    """Delete the sites, visual geoms and meshes that no tendon, sensor or contact uses."""
    for i in range(1, model.nbody):
        body = spec.body(model.body(i).name)
        body.explicitinertial = True
        body.mass = model.body_mass[i]
        body.inertia = model.body_inertia[i]
        body.fullinertia = np.full(6, np.nan)
        body.ipos = model.body_ipos[i]
        body.iquat = model.body_iquat[i]
    used_sites, used_geoms = _used_elements(model)
    # Gathered before anything is deleted: deleting invalidates the elements' ids.
    unused = [site for site in spec.sites if site.id not in used_sites]
    unused += [geom for geom in spec.geoms if geom.id not in used_geoms]
    for element in unused:
        spec.delete(element)
    kept_meshes = {geom.meshname for geom in spec.geoms}
    for mesh in list(spec.meshes):
        if mesh.name not in kept_meshes:
            spec.delete(mesh)
    for painted in (*spec.geoms, *spec.sites, *spec.tendons):
        painted.material = ""
    for paint in (*spec.materials, *spec.textures):
        spec.delete(paint)


def _used_elements(model: mujoco.MjModel) -> tuple[set[int], set[int]]:
    """Return the ids of sites and geoms that affect physics or sensors."""
    wrap_geoms = (mujoco.mjtWrap.mjWRAP_SPHERE, mujoco.mjtWrap.mjWRAP_CYLINDER)
    sites: set[int] = set()
    geoms: set[int] = {
        i for i in range(model.ngeom) if model.geom_contype[i] or model.geom_conaffinity[i]
    }
    for i in range(model.nwrap):
        kind, target, side = int(model.wrap_type[i]), model.wrap_objid[i], model.wrap_prm[i]
        if kind == mujoco.mjtWrap.mjWRAP_SITE:
            sites.add(int(target))
        elif kind in wrap_geoms:
            geoms.add(int(target))
            if side >= 0:
                sites.add(int(side))
    geoms.update(int(i) for i in model.pair_geom1)
    geoms.update(int(i) for i in model.pair_geom2)
    for types, ids in (
        (model.sensor_objtype, model.sensor_objid),
        (model.sensor_reftype, model.sensor_refid),
        (model.eq_objtype, model.eq_obj1id),
        (model.eq_objtype, model.eq_obj2id),
    ):
        for kind, target in zip(types.tolist(), ids.tolist(), strict=True):
            if kind == mujoco.mjtObj.mjOBJ_SITE:
                sites.add(target)
            elif kind == mujoco.mjtObj.mjOBJ_GEOM:
                geoms.add(target)
    site_transmissions = (mujoco.mjtTrn.mjTRN_SITE, mujoco.mjtTrn.mjTRN_SLIDERCRANK)
    for i in range(model.nu):
        if model.actuator_trntype[i] in site_transmissions:
            sites.update(int(j) for j in model.actuator_trnid[i] if j >= 0)
    return sites, geoms
