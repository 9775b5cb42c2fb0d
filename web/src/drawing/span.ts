/** A span of time in view: nanoseconds since the start of T (or cycles, where a recording tells no more). */
export interface Span {
  readonly fromNs: number;
  readonly toNs: number;
}

/** The shortest span that can be in view: on a wide screen a nanosecond is then as wide as a finger. */
export const SMALLEST_SPAN_NS = 16;

export const lengthOf = (span: Span): number => span.toNs - span.fromNs;

export const sameSpan = (one: Span, other: Span): boolean => one.fromNs === other.fromNs && one.toNs === other.toNs;

/** The part of `span` that is in `whole`; undefined where they have nothing in common. */
export function overlapOf(span: Span, whole: Span): Span | undefined {
  const fromNs = Math.max(span.fromNs, whole.fromNs);
  const toNs = Math.min(span.toNs, whole.toNs);
  return toNs > fromNs ? { fromNs, toNs } : undefined;
}

/** The span between two times, whichever comes first. */
export const spanBetween = (one: number, other: number): Span => ({
  fromNs: Math.min(one, other),
  toNs: Math.max(one, other),
});

/** Moved into `whole`, and no longer than that, no shorter than SMALLEST_SPAN_NS. */
export function keptWithin(span: Span, whole: Span): Span {
  const length = Math.min(Math.max(lengthOf(span), Math.min(SMALLEST_SPAN_NS, lengthOf(whole))), lengthOf(whole));
  const middle = (span.fromNs + span.toNs) / 2;
  // A span that is long enough keeps its start to the last bit: panning must not creep.
  const wanted = length === lengthOf(span) ? span.fromNs : middle - length / 2;
  const fromNs = Math.min(Math.max(wanted, whole.fromNs), whole.toNs - length);
  return { fromNs, toNs: fromNs + length };
}

/**
 * Zooms so that `timeNs` stays where it is on the screen, except where the end of `whole` is in the way.
 * @param factor below 1 shows more detail, above 1 more time
 */
export function zoomedAround(span: Span, whole: Span, timeNs: number, factor: number): Span {
  const shortest = Math.min(SMALLEST_SPAN_NS, lengthOf(whole));
  const length = Math.min(Math.max(lengthOf(span) * factor, shortest), lengthOf(whole));
  const share = (timeNs - span.fromNs) / lengthOf(span);
  const fromNs = timeNs - share * length;
  return keptWithin({ fromNs, toNs: fromNs + length }, whole);
}

export const pannedBy = (span: Span, whole: Span, ns: number): Span =>
  keptWithin({ fromNs: span.fromNs + ns, toNs: span.toNs + ns }, whole);

/** `target` with a little of its surroundings on both sides, so that one sees where it ends. */
export function fittedTo(target: Span, whole: Span, margin = 0.1): Span {
  const length = lengthOf(target);
  return keptWithin({ fromNs: target.fromNs - length * margin, toNs: target.toNs + length * margin }, whole);
}

/** Moves as little as needed so that `target` is in view; zooms out only where it is longer than the view. */
export function broughtIntoView(span: Span, whole: Span, target: Span): Span {
  if (target.fromNs >= span.fromNs && target.toNs <= span.toNs) return span;
  if (lengthOf(target) > lengthOf(span)) return fittedTo(target, whole);
  const middle = (target.fromNs + target.toNs) / 2;
  return keptWithin({ fromNs: middle - lengthOf(span) / 2, toNs: middle + lengthOf(span) / 2 }, whole);
}

/** Where a time is, in pixels from the left of a picture that shows `span` in `width` pixels; may be outside. */
export const xOf = (span: Span, width: number, timeNs: number): number =>
  ((timeNs - span.fromNs) / lengthOf(span)) * width;

/** The time at a pixel. */
export const timeAt = (span: Span, width: number, x: number): number => span.fromNs + (x / width) * lengthOf(span);
