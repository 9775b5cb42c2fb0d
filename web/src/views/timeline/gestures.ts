/** What hands do on the lanes: drag, shift-drag, click, double click, wheel. In pixels of the stage; what it means is elsewhere. */

export interface GestureTarget {
  /** A gesture begins here: what dragging does from here on. */
  grab(x: number, y: number, isShift: boolean): 'pan' | 'range' | 'none';
  pan(pixels: number): void;
  /** From where the drag began to where it is; `isOver` when it is done. */
  range(fromX: number, toX: number, isOver: boolean): void;
  click(x: number, y: number): void;
  doubleClick(x: number, y: number): void;
  /** undefined: the pointer has left. */
  hover(place: { x: number; y: number; clientX: number; clientY: number } | undefined): void;
  /** @param factor of the span: below 1 shows more detail */
  zoom(x: number, factor: number): void;
}

/** Closer than this to where the button went down it is a click, pixels. */
const CLICK_PIXELS = 4;
/** A notch of a wheel is some 100 pixels, and zooms by a fifth. */
const ZOOM_PER_PIXEL = 0.0022;
/** Browsers may count in lines or pages instead of pixels. */
const PIXELS_OF_MODE = [1, 16, 400] as const;
const MOST_WHEEL = 240;

/** @returns takes all listeners off again */
export function listenToHands(stage: HTMLElement, gutter: () => number, target: GestureTarget): () => void {
  const off = new AbortController();
  const options = { signal: off.signal };
  let drag:
    | { mode: 'pan' | 'range' | 'none'; startX: number; startY: number; lastX: number; moved: boolean }
    | undefined;

  const place = (event: MouseEvent) => {
    const { left, top } = stage.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };

  stage.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return;
      const { x, y } = place(event);
      drag = { mode: target.grab(x, y, event.shiftKey), startX: x, startY: y, lastX: x, moved: false };
      stage.setPointerCapture(event.pointerId);
    },
    options,
  );

  stage.addEventListener(
    'pointermove',
    (event) => {
      const { x, y } = place(event);
      if (drag === undefined) {
        target.hover({ x, y, clientX: event.clientX, clientY: event.clientY });
        return;
      }
      if (!drag.moved && Math.hypot(x - drag.startX, y - drag.startY) < CLICK_PIXELS) return;
      if (!drag.moved) target.hover(undefined);
      drag.moved = true;
      if (drag.mode === 'pan') target.pan(x - drag.lastX);
      if (drag.mode === 'range') target.range(drag.startX, x, false);
      drag.lastX = x;
    },
    options,
  );

  const release = (event: PointerEvent) => {
    if (drag === undefined) return;
    const { mode, startX, lastX, moved } = drag;
    drag = undefined;
    if (moved && mode === 'range') target.range(startX, lastX, true);
    const { x, y } = place(event);
    if (!moved && event.type === 'pointerup') target.click(x, y);
  };
  stage.addEventListener('pointerup', release, options);
  stage.addEventListener('pointercancel', release, options);
  stage.addEventListener('pointerleave', () => drag ?? target.hover(undefined), options);
  stage.addEventListener(
    'dblclick',
    (event) => {
      const { x, y } = place(event);
      target.doubleClick(x, y);
    },
    options,
  );
  stage.addEventListener(
    'wheel',
    (event) => {
      const { x } = place(event);
      // Over the names the wheel scrolls the lanes, as it does anywhere on a page.
      if (x < gutter()) return;
      event.preventDefault();
      const unit = PIXELS_OF_MODE[event.deltaMode as 0 | 1 | 2];
      const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      if (event.shiftKey || Math.abs(sideways) > Math.abs(event.deltaY)) target.pan(-sideways * unit);
      else {
        const pixels = Math.max(-MOST_WHEEL, Math.min(MOST_WHEEL, event.deltaY * unit));
        target.zoom(x, Math.exp(pixels * ZOOM_PER_PIXEL));
      }
    },
    { ...options, passive: false },
  );
  return () => off.abort();
}
