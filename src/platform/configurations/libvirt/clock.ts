/** <clock> and its timers. */
import { type Clock, UNSTATED_PLATFORM } from '../machine-configuration.js';
import type { Reader } from './reader.js';
import { attributeOf, childOf, childrenOf, type XmlElement } from './xml.js';

export function clockOf(domain: XmlElement, reader: Reader): Clock {
  const element = childOf(domain, 'clock');
  if (element === undefined) return UNSTATED_PLATFORM.clock;
  return {
    base: attributeOf(element, 'offset') ?? null,
    timers: childrenOf(element, 'timer').map((timer) => ({
      name: attributeOf(timer, 'name') ?? '',
      present: reader.switchAt(timer, 'present'),
      tickPolicy: attributeOf(timer, 'tickpolicy') ?? null,
      place: reader.placeOf(timer),
    })),
    place: reader.placeOf(element),
  };
}
