/**
 * Memory faults as details: what the guest tried and why it failed, not where, so that the number of distinct
 * details stays small. Where KVM knows that the page belongs to a device, the detail is the device's address instead.
 */
import { causeIndex } from '../../recording/causes.js';
import type { EventBatch } from '../../recording/event-batch.js';
import type { RecordBatch } from '../../recording/record-batch.js';
import { accessClass, DetailSort, FaultFlag, Rank } from './details.js';
import { pushDetail } from './handler.js';

const DEVICE_MMIO = causeIndex('device-mmio');
const PAGE_FAULT = causeIndex('page-fault');
const HIGH_HALF = 2 ** 32;

/** Page fault error code. Source: AMD APM volume 2, sections 8.4.2 and 15.25.6. */
const Present = 1;
const Write = 2;
/** A reserved bit was set in the page table entry: KVM marks pages of emulated devices so. */
const Reserved = 8;
const Fetch = 16;
/** Bit 33: the fault was met while the CPU walked the guest's own page tables. */
const GUEST_TABLES = 2;

/**
 * A fault with an error code of the architecture: #PF or a nested page fault of SVM.
 * `address`: guest physical; NaN where it is not known.
 */
export function pushPageFault(
  events: EventBatch,
  records: RecordBatch,
  row: number,
  errorCode: number,
  address: number,
): void {
  if (!(errorCode >= 0)) return;
  const write = (errorCode & Write) !== 0;
  if ((errorCode & Reserved) !== 0 && address >= 0) {
    const detail = accessClass(DetailSort.Mmio, write, 0);
    pushDetail(events, records, row, detail, address, DEVICE_MMIO, Rank.Reason);
    return;
  }
  const inTables = (Math.floor(errorCode / HIGH_HALF) & GUEST_TABLES) !== 0;
  pushFault(events, records, row, write, (errorCode & Fetch) !== 0, (errorCode & Present) !== 0, inTables);
}

/** Exit qualification of an EPT violation. Source: Intel SDM volume 3, table 27-7. */
const EptWrite = 2;
const EptFetch = 4;
/** Any right that the page has. */
const EptRights = 0x38;
const EptLinearValid = 0x80;
/** The access was to the final page, not to a page table of the guest. */
const EptFinal = 0x100;

export function pushEptFault(events: EventBatch, records: RecordBatch, row: number, qualification: number): void {
  if (!(qualification >= 0)) return;
  const inTables = (qualification & (EptLinearValid | EptFinal)) === EptLinearValid;
  pushFault(
    events,
    records,
    row,
    (qualification & EptWrite) !== 0,
    (qualification & EptFetch) !== 0,
    (qualification & EptRights) !== 0,
    inTables,
  );
}

function pushFault(
  events: EventBatch,
  records: RecordBatch,
  row: number,
  write: boolean,
  fetch: boolean,
  present: boolean,
  inTables: boolean,
): void {
  const flags =
    (write ? FaultFlag.Write : 0) |
    (fetch ? FaultFlag.Fetch : 0) |
    (present ? FaultFlag.Present : 0) |
    (inTables ? FaultFlag.PageTable : 0);
  pushDetail(events, records, row, DetailSort.Fault | flags, 0, PAGE_FAULT, Rank.Fault);
}
