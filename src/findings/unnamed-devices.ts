/** How to find out which device has an address, where nothing that was given names it. */
import type { Knob } from './finding.js';

/** Both are read by `--config` (platform/configurations/dumps). */
export const NAME_DEVICES: Knob = {
  tool: 'shell in the guest',
  text: 'cat /proc/ioports /proc/iomem > resources.txt; lspci -v > lspci.txt',
  does: 'says, as root, which device has which addresses; given with --config to vmtoll, each of these files names the devices of the guest',
};
