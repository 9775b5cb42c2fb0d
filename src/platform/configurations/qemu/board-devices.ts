/** Devices that are on the board of a machine type. */
import { deviceOf } from '../device-building.js';
import type { DeviceConfiguration, InterruptController, Place } from '../machine-configuration.js';
import type { Board, BoardDevice } from './boards.js';

export interface Surroundings {
  readonly board: Board | undefined;
  /** Where what nobody named is placed. */
  readonly program: Place;
  readonly accelerator: string | null;
  readonly interruptController: InterruptController | null;
}

/** @param isRemoved whether the configuration takes a device of the board away */
export function boardDevices(
  surroundings: Surroundings,
  isRemoved: (type: string, board: Board) => boolean,
): DeviceConfiguration[] {
  const { board } = surroundings;
  if (board === undefined) return [];
  return board.devices
    .filter(({ type }) => !isRemoved(type, board))
    .map((device) => boardDevice(device, board, surroundings));
}

function boardDevice(
  { type, inKernel, windows, interrupts }: BoardDevice,
  board: Board,
  { program, accelerator, interruptController }: Surroundings,
): DeviceConfiguration {
  const isInKernel = accelerator === 'kvm' && interruptController?.in === 'kernel';
  const byDefault = `it is on the board of the machine type ${board.id}`;
  return deviceOf({ type: isInKernel ? (inKernel ?? type) : type, windows, interrupts, byDefault, place: program });
}
