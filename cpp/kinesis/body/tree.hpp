// Which body of a model hangs on which.
#pragma once

#include <mujoco/mujoco.h>

namespace kinesis {

// Whether a body hangs, over any number of joints, on another, or is that other: what moves upper
// moves body.
inline bool is_below(const mjModel* model, int body, int upper) {
  while (body > upper) {  // parents have smaller numbers
    body = model->body_parentid[body];
  }
  return body == upper;
}

// Whether a degree of freedom moves a body.
inline bool moves(const mjModel* model, int dof, int body) {
  return is_below(model, body, model->dof_bodyid[dof]);
}

// The first free joint, -1 where the model has none.
inline int free_joint(const mjModel* model) {
  for (int joint = 0; joint < model->njnt; ++joint) {
    if (model->jnt_type[joint] == mjJNT_FREE) {
      return joint;
    }
  }
  return -1;
}

}  // namespace kinesis
