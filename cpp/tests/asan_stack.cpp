// Under AddressSanitizer, MuJoCo's headers call functions that only a library built with it has.
// The wheel's library is not: its ordinary ones stand in.
#include <mujoco/mujoco.h>

#ifdef mjUSEASAN
extern "C" {
void mark_stack(mjData* data) __asm__("mj_markStack");
void free_stack(mjData* data) __asm__("mj_freeStack");

void mj__markStack(mjData* data) { mark_stack(data); }
void mj__freeStack(mjData* data) { free_stack(data); }
}
#endif
