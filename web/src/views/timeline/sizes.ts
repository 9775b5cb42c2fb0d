/** How large the timeline is: as wide as there is room, as high as its rows need and the window allows. */
import { effect, type Signal } from '@preact/signals';
import type { TimelineElements } from './given.js';
import type { Row } from './rows.js';
import { type Stage, sheetHeight } from './stage.js';

/** Pixels of the window that are not for lanes, and the least that lanes get. */
const AROUND_IT = 300;
const LEAST_ROOM = 240;

/**
 * @param room gets the height that lanes may take, pixels
 * @param makeRows works out the rows for that room; it is called again when what it reads changes
 * @returns stops it
 */
export function followSize(
  { scroller, sheet, stage: frame }: TimelineElements,
  stage: Stage,
  room: Signal<number>,
  makeRows: () => readonly Row[],
): () => void {
  const fill = (): void => {
    const { clientWidth, clientHeight } = scroller;
    frame.style.height = `${clientHeight}px`;
    stage.resize(clientWidth, clientHeight, devicePixelRatio);
  };
  const measure = (): void => {
    room.value = Math.max(LEAST_ROOM, innerHeight - AROUND_IT);
    fill();
  };
  const scrolled = (): void => stage.show({ scrollY: scroller.scrollTop });
  const observer = new ResizeObserver(measure);
  observer.observe(scroller);
  addEventListener('resize', measure);
  scroller.addEventListener('scroll', scrolled, { passive: true });
  measure();
  const stop = effect(() => {
    const rows = makeRows();
    const height = sheetHeight(rows);
    sheet.style.height = `${height}px`;
    scroller.style.height = `${Math.min(height, room.value)}px`;
    fill();
    stage.show({ rows, scrollY: scroller.scrollTop });
  });
  return () => {
    observer.disconnect();
    removeEventListener('resize', measure);
    scroller.removeEventListener('scroll', scrolled);
    stop();
  };
}
