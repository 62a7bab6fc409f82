#include "kinesis/body/couplings.hpp"

#include <algorithm>

namespace kinesis {

double JointCouplings::Coupling::value(double x) const {
  double value = 0.0;
  for (int k = 4; k >= 0; --k) {
    value = value * x + coefficient[k];
  }
  return value;
}

double JointCouplings::Coupling::slope(double x) const {
  double slope = 0.0;
  for (int k = 4; k > 0; --k) {
    slope = slope * x + k * coefficient[k];
  }
  return slope;
}

JointCouplings::JointCouplings(const mjModel* model)
    : of_(model->njnt, -1), address_(model->jnt_qposadr, model->jnt_qposadr + model->njnt) {
  for (int i = 0; i < model->neq; ++i) {
    if (model->eq_type[i] != mjEQ_JOINT || !model->eq_active0[i]) {
      continue;
    }
    Coupling c{};
    c.joint = model->eq_obj1id[i];
    c.source = model->eq_obj2id[i];
    c.driver = -1;
    c.qpos = address_[c.joint];
    c.source_qpos = c.source >= 0 ? address_[c.source] : c.qpos;
    c.zero = model->qpos0[c.qpos];
    c.source_zero = model->qpos0[c.source_qpos];
    std::copy_n(model->eq_data + mjNEQDATA * i, 5, c.coefficient);
    of_[c.joint] = static_cast<int>(couplings_.size());
    couplings_.push_back(c);
  }
  // As many passes as joints: enough for any chain, and they end on a ring too.
  for (int pass = 0; pass < model->njnt; ++pass) {
    for (int joint = 0; joint < model->njnt; ++joint) {
      if (of_[joint] < 0) {
        continue;
      }
      Coupling& c = couplings_[of_[joint]];
      if (c.driver < 0 && c.source >= 0 && driver(c.source) >= 0) {
        c.driver = driver(c.source);
        followers_.push_back(joint);
      }
    }
  }
}

double JointCouplings::source_offset(const Coupling& coupling, const double* qpos) const {
  return coupling.driver < 0 ? 0.0 : position(coupling.source, qpos) - coupling.source_zero;
}

double JointCouplings::position(int joint, const double* qpos) const {
  const Coupling* c = of(joint);
  return c == nullptr ? qpos[address_[joint]] : c->zero + c->value(source_offset(*c, qpos));
}

double JointCouplings::slope(int joint, const double* qpos) const {
  const Coupling* c = of(joint);
  if (c == nullptr) {
    return 1.0;
  }
  return c->driver < 0 ? 0.0 : c->slope(source_offset(*c, qpos)) * slope(c->source, qpos);
}

}  // namespace kinesis
