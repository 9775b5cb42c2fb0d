/** All rules, the specific before the general: a later one can see what those before it have found. */
import type { Rule } from './rule.js';
import { blockedInExits } from './rules/blocked-in-exits.js';
import { clockReads } from './rules/clock-reads.js';
import { cpuQuota } from './rules/cpu-quota.js';
import { debuggingLeftOn } from './rules/debugging-left-on.js';
import { deviceInterrupts } from './rules/device-interrupts.js';
import { deviceModelWaits } from './rules/device-model-waits.js';
import { dirtyLogging } from './rules/dirty-logging.js';
import { doorbellInVmm } from './rules/doorbell-in-vmm.js';
import { emulatedDevice } from './rules/emulated-device.js';
import { emulatedInterruptController } from './rules/emulated-interrupt-controller.js';
import { eventChannelCalls } from './rules/event-channel-calls.js';
import { exitLatency } from './rules/exit-latency.js';
import { exitsLeftOut } from './rules/exits-left-out.js';
import { exitsToTheVmm } from './rules/exits-to-the-vmm.js';
import { firstTouchFaults } from './rules/first-touch-faults.js';
import { floatingVcpus } from './rules/floating-vcpus.js';
import { frequentDoorbells } from './rules/frequent-doorbells.js';
import { guestTimerInterrupts } from './rules/guest-timer-interrupts.js';
import { guestTimers } from './rules/guest-timers.js';
import { haltPolling } from './rules/halt-polling.js';
import { haltsLeaveGuest } from './rules/halts-leave-guest.js';
import { hostInterruptExits } from './rules/host-interrupt-exits.js';
import { hostInterruptsOnVcpus } from './rules/host-interrupts-on-vcpus.js';
import { hostThreadsTakePcpus } from './rules/host-threads-take-pcpus.js';
import { interruptsBySoftware } from './rules/interrupts-by-software.js';
import { ipisBetweenVcpus } from './rules/ipis-between-vcpus.js';
import { memoryTakenBack } from './rules/memory-taken-back.js';
import { nestedVirtualization } from './rules/nested-virtualization.js';
import { nothingToGain } from './rules/nothing-to-gain.js';
import { partitionBudget } from './rules/partition-budget.js';
import { passedInterruptEnds } from './rules/passed-interrupt-ends.js';
import { pinningPlan } from './rules/pinning-plan.js';
import { psciSuspends } from './rules/psci-suspends.js';
import { recorderTakesPcpus } from './rules/recorder-takes-pcpus.js';
import { registerPolling } from './rules/register-polling.js';
import { registersInQvm } from './rules/registers-in-qvm.js';
import { slowPcpuWakeups } from './rules/slow-pcpu-wakeups.js';
import { stackedVcpus } from './rules/stacked-vcpus.js';
import { swappedMemory } from './rules/swapped-memory.js';
import { trappedWaits } from './rules/trapped-waits.js';
import { unhandledInterrupts } from './rules/unhandled-interrupts.js';
import { vcpusOutnumberPcpus } from './rules/vcpus-outnumber-pcpus.js';
import { vmmThreadsTakePcpus } from './rules/vmm-threads-take-pcpus.js';
import { weakRecording } from './rules/weak-recording.js';
import { worstStall } from './rules/worst-stall.js';

export const RULES: readonly Rule[] = [
  cpuQuota,
  partitionBudget,
  stackedVcpus,
  vcpusOutnumberPcpus,
  floatingVcpus,
  hostThreadsTakePcpus,
  recorderTakesPcpus,
  vmmThreadsTakePcpus,
  unhandledInterrupts,
  hostInterruptsOnVcpus,
  clockReads,
  emulatedDevice,
  emulatedInterruptController,
  doorbellInVmm,
  frequentDoorbells,
  eventChannelCalls,
  guestTimers,
  guestTimerInterrupts,
  ipisBetweenVcpus,
  haltPolling,
  haltsLeaveGuest,
  trappedWaits,
  slowPcpuWakeups,
  psciSuspends,
  debuggingLeftOn,
  registerPolling,
  pinningPlan,
  swappedMemory,
  dirtyLogging,
  memoryTakenBack,
  firstTouchFaults,
  nestedVirtualization,
  deviceModelWaits,
  blockedInExits,
  exitsToTheVmm,
  registersInQvm,
  passedInterruptEnds,
  deviceInterrupts,
  interruptsBySoftware,
  hostInterruptExits,
  worstStall,
  weakRecording,
  exitsLeftOut,
  exitLatency,
  nothingToGain,
];
