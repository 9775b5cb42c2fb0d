/** Devices of the common model from what their models are known to be. */
import { deviceModel } from './device-models.js';
import type {
  ConfiguredOption,
  DeviceBackend,
  DeviceConfiguration,
  DeviceWindow,
  Place,
} from './machine-configuration.js';

export interface DeviceParts {
  readonly type: string;
  readonly name?: string | null | undefined;
  readonly windows?: readonly Pick<DeviceWindow, 'space' | 'start' | 'length'>[];
  /** Who says how long the windows are, and where they are. */
  readonly windowsFrom?: 'configuration' | 'device type' | 'dump';
  readonly pci?: readonly string[];
  /** Controller and input. */
  readonly interrupts?: readonly (readonly [string, number])[];
  readonly backend?: DeviceBackend | null;
  readonly byDefault?: string | null;
  readonly options?: readonly ConfiguredOption[];
  readonly place: Place;
}

/** Kind, role and description are those of the model, unless they are given. */
export function deviceOf(
  parts: DeviceParts,
  what: Partial<Pick<DeviceConfiguration, 'kind' | 'role' | 'description'>> = {},
): DeviceConfiguration {
  const { type, place, windowsFrom = 'device type' } = parts;
  const model = deviceModel(type);
  return {
    kind: model?.kind ?? 'unknown',
    role: model?.role ?? null,
    type,
    description: model?.description ?? null,
    ...what,
    name: parts.name ?? null,
    windows: (parts.windows ?? []).map((window) => ({
      ...window,
      lengthFrom: window.length === null ? null : windowsFrom,
      host: null,
      access: null,
      place,
    })),
    pci: parts.pci ?? [],
    interrupts: (parts.interrupts ?? []).map(([controller, line]) => ({
      controller,
      line,
      host: null,
      flags: [],
      place,
    })),
    backend: parts.backend ?? null,
    byDefault: parts.byDefault ?? null,
    options: parts.options ?? [],
    place,
  };
}
