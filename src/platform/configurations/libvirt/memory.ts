/** <memory> and <memoryBacking>. */
import type { MemoryBacking, MemoryRange } from '../machine-configuration.js';
import type { Reader } from './reader.js';
import { attributeOf, childOf, type XmlElement } from './xml.js';

export function memoryOf(domain: XmlElement, reader: Reader): MemoryRange[] {
  const element = childOf(domain, 'memory');
  if (element === undefined) return [];
  const source = attributeOf(childOf(childOf(domain, 'memoryBacking'), 'source'), 'type');
  const backing = childOf(childOf(domain, 'memoryBacking'), 'hugepages') === undefined ? source : 'hugepages';
  return [
    {
      kind: 'ram',
      start: null,
      length: reader.size(element),
      backing: backing ?? null,
      place: reader.placeOf(element),
    },
  ];
}

export function memoryBackingOf(domain: XmlElement, reader: Reader): MemoryBacking | null {
  const element = childOf(domain, 'memoryBacking');
  if (element === undefined) return null;
  const hugePages = childOf(element, 'hugepages');
  const page = childOf(hugePages, 'page');
  const access = attributeOf(childOf(element, 'access'), 'mode');
  const allocation = attributeOf(childOf(element, 'allocation'), 'mode');
  return {
    hugePages: hugePages === undefined ? null : true,
    pageSize: page === undefined ? null : reader.size(page, attributeOf(page, 'size')),
    path: null,
    shared: access === undefined ? null : access === 'shared',
    preallocated: allocation === undefined ? null : allocation === 'immediate',
    locked: childOf(element, 'locked') === undefined ? null : true,
    place: reader.placeOf(element),
  };
}
