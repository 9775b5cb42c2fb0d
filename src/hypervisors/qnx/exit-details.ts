/** What code and payload of a guest exit tell beside its reason. */
import { causeIndex } from '../../recording/causes.js';
import { type EventBatch, EventKind } from '../../recording/event-batch.js';
import {
  accessBytes,
  accessRegister,
  EXCEPTION_CLASSES,
  ExceptionClass,
  exceptionClassOf,
  immediateOf,
  isDescribedAccess,
  isTableWalkFault,
  isTranslationFault,
  isWriteAccess,
} from '../arm/exception-classes.js';
import { isRegisterRead, registerOfSyndrome, systemRegisterCause } from '../arm/system-registers.js';
import { accessClass, DetailSort } from './details.js';
import { Vocabulary } from './vocabulary.js';

const KEEP_CAUSE = -1;
const DEVICE_MMIO = causeIndex('device-mmio');

const TWO_32 = 0x1_0000_0000;
/** Physical addresses of ARMv8 have at most 52 bits. */
const HIGHEST_ADDRESS_HIGH = 0xf_ffff;

/** The detail of one exit, reused for all: class 0 is none. */
export interface ExitDetail {
  detailClass: number;
  value: number;
  cause: number;
}

export type ExitDetailer = (into: ExitDetail, code: number, payloadHigh: number, payloadLow: number) => void;

const NOTHING: ExitDetailer = (into) => set(into, DetailSort.None, 0);

export function exitDetailerOf(vocabulary: Vocabulary): ExitDetailer {
  if (vocabulary === Vocabulary.Arm) return armDetail;
  return vocabulary === Vocabulary.Vmx ? vmxDetail : NOTHING;
}

function set(into: ExitDetail, detailClass: number, value: number, cause = KEEP_CAUSE): void {
  into.detailClass = detailClass;
  into.value = value;
  into.cause = cause;
}

const armDetail: ExitDetailer = (into, code, payloadHigh, payloadLow) => {
  switch (exceptionClassOf(code)) {
    case ExceptionClass.Hvc32:
    case ExceptionClass.Hvc64:
      return set(into, DetailSort.Hypercall, immediateOf(code));
    case ExceptionClass.Smc32:
    case ExceptionClass.Smc64:
      return set(into, DetailSort.FirmwareCall, immediateOf(code));
    case ExceptionClass.SystemRegister: {
      const register = registerOfSyndrome(code);
      const detailClass = accessClass(DetailSort.SystemRegister, !isRegisterRead(code), 0);
      return set(into, detailClass, register, causeOfRegister(register));
    }
    case ExceptionClass.DataAbort:
      return dataAbort(into, code, payloadHigh, payloadLow);
    default:
      // Codes without a class are none of ESR_EL2: what they mean, only the whole number can tell.
      return set(into, code > 0 && !isKnownClass(code) ? DetailSort.Code : DetailSort.None, code);
  }
};

const KNOWN_CLASSES = new Set(EXCEPTION_CLASSES.map(([exceptionClass]) => exceptionClass));
const isKnownClass = (code: number): boolean => KNOWN_CLASSES.has(exceptionClassOf(code));

/** Causes by encoding of the register: filled as registers are met. */
const registerCauses = new Int8Array(1 << 16).fill(-1);

function causeOfRegister(encoding: number): number {
  if (registerCauses[encoding] < 0) registerCauses[encoding] = causeIndex(systemRegisterCause(encoding));
  return registerCauses[encoding];
}

/**
 * A load or store that the CPU describes and that found no page is one of an emulated device: the memory of a QNX guest is
 * all there from its start. All others are page faults, as their reason has it.
 */
function dataAbort(into: ExitDetail, code: number, payloadHigh: number, payloadLow: number): void {
  const write = isWriteAccess(code);
  const bytes = accessBytes(code);
  const register = accessRegister(code);
  const cause = isTranslationFault(code) ? DEVICE_MMIO : KEEP_CAUSE;
  if (isTableWalkFault(code)) {
    set(into, DetailSort.TableWalk, 0);
  } else if (!isDescribedAccess(code)) {
    set(into, DetailSort.None, 0);
  } else if (isAddress(payloadHigh, payloadLow)) {
    set(into, accessClass(DetailSort.Mmio, write, bytes, register), payloadHigh * TWO_32 + payloadLow, cause);
  } else {
    set(into, accessClass(DetailSort.Access, write, bytes), register, cause);
  }
}

const isAddress = (high: number, low: number): boolean => high <= HIGHEST_ADDRESS_HIGH && (high > 0 || low > 0);

const IO_INSTRUCTION = 30;

/**
 * The exit qualification of IN and OUT: size − 1 in bits 2..0 (0, 1 or 3), read in bit 3, port in bits 31..16; bits 15..7
 * are zero. Source: Intel SDM volume 3, table "Exit Qualification for I/O Instructions".
 */
const vmxDetail: ExitDetailer = (into, code, payloadHigh, payloadLow) => {
  const sizeLess1 = payloadLow & 7;
  const isQualification =
    code === IO_INSTRUCTION && payloadHigh === 0 && (payloadLow & 0xff80) === 0 && PORT_SIZES.includes(sizeLess1);
  if (!isQualification) return set(into, DetailSort.None, 0);
  set(into, accessClass(DetailSort.Port, (payloadLow & 8) === 0, sizeLess1 + 1), payloadLow >>> 16);
};

const PORT_SIZES: readonly number[] = [0, 1, 3];

/** An exit has one detail at most. */
const RANK = 1;

/** Appends the detail as an event, if there is one. */
export function pushExitDetail(
  events: EventBatch,
  time: number,
  pcpu: number,
  thread: number,
  detail: ExitDetail,
): void {
  const { detailClass, value, cause } = detail;
  if (detailClass === DetailSort.None) return;
  events.push(EventKind.Detail, time, pcpu, thread, detailClass, value, cause, RANK);
}
