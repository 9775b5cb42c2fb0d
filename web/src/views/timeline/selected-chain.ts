/** Asks for the episode that is selected, whenever another one is. */
import { computed, effect, type Signal } from '@preact/signals';
import type { EpisodeChain } from '../../engine/engine.js';
import { failed, type Loadable, ready } from '../../state/loading.js';
import type { TimelineData } from './given.js';
import { selected } from './state.js';

/**
 * @param chain gets the answer; undefined where nothing is selected
 * @param focused gets the lane that it is on
 * @returns stops it
 */
export function followSelected(
  { engine, recording, info }: TimelineData,
  chain: Signal<Loadable<EpisodeChain | undefined> | undefined>,
  focused: Signal<number | undefined>,
): () => void {
  // By its text: other parts of the address change, and the moment stays the same.
  const wanted = computed(() => {
    const moment = selected.value;
    return moment === undefined ? undefined : `${moment.lane}/${moment.timeNs}`;
  });
  return effect(() => {
    if (wanted.value === undefined) {
      chain.value = undefined;
      return undefined;
    }
    const moment = selected.peek()!;
    const abort = new AbortController();
    chain.value = { state: 'loading' };
    const isLane = info.lanes[moment.lane] !== undefined;
    const asked = isLane ? engine.episode({ recording, ...moment }, abort.signal) : Promise.resolve(undefined);
    asked.then(
      (value) => {
        if (abort.signal.aborted) return;
        chain.value = ready(value);
        if (value !== undefined) focused.value = value.lane;
      },
      (error: unknown) => {
        if (!abort.signal.aborted) chain.value = failed(error);
      },
    );
    return () => abort.abort();
  });
}
