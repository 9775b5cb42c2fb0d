/** The XML of a domain of libvirt. */
import { Complaints } from '../complaints.js';
import type { ConfigurationFormat } from '../configuration-format.js';
import { placesIn } from '../text-places.js';
import { machineOf } from './domain.js';
import { parseXml, rootName, type XmlElement } from './xml.js';

const ID = 'libvirt';

export const libvirtDomain: ConfigurationFormat = {
  id: ID,
  name: 'libvirt domain XML',
  example: 'what "virsh dumpxml GUEST" prints; /etc/libvirt/qemu/GUEST.xml',
  sniff: (text) => ROOTS.includes(rootName(text) ?? ''),
  read(file) {
    const complaints = new Complaints();
    const { root, fault } = parseXml(file.text);
    if (fault !== undefined) {
      complaints.add('damaged-xml', placesIn(file)(fault.offset), `the XML is damaged here: ${fault.message}`, {
        hint: 'What stands before is read.',
      });
    }
    return machineOf(file, ID, root ?? EMPTY, complaints);
  },
};

/** A domain, or what holds one: the status of a running one, a snapshot. */
const ROOTS = ['domain', 'domstatus', 'domainsnapshot'];
const EMPTY: XmlElement = { name: 'domain', attributes: {}, children: [], text: '', offset: 0 };
