// What actions mean.
#pragma once

namespace kinesis {

enum class ControlMode {
  kLength,         // actions are target muscle lengths, followed by a proportional-derivative force
  kDirect,         // actions are excitations
  kResidual,       // actions are added to the clip's excitations
  kJoint,          // actions offset the clip's joint angles; see JointControl
  kJointResidual,  // those of kJoint, then one a muscle that is added to the excitations
};

}  // namespace kinesis
