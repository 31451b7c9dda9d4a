import type { RunEvent, RunEventData, RunEventType } from '@agent-factory/sdk/domain';
import { laneOf } from './event-lane.ts';
import { isSameData } from './same-data.ts';

/** An event of the record that has not come out again yet, with its place. */
export interface Found<Event extends RunEvent = RunEvent> {
  readonly index: number;
  readonly event: Event;
}

type Wanted<Type extends RunEventType> = RunEvent & { readonly type: Type };

/**
 * The events of a run, ticked off one after the other as they come out again. It is read up to the end of the present
 * piece of work: to where work on the run was begun again.
 */
export class Recording {
  readonly events: readonly RunEvent[];
  /** How many came out before another one. */
  reordered = 0;
  readonly #lanes: readonly string[];
  readonly #isTaken: boolean[];
  #cursor = 0;
  #end = 0;

  constructor(events: readonly RunEvent[]) {
    this.events = events;
    this.#lanes = events.map(laneOf);
    this.#isTaken = events.map(() => false);
    this.#end = this.#nextStart(0);
  }

  /** The next event of this piece of work. */
  get next(): Found | undefined {
    const event = this.#cursor < this.#end ? this.events[this.#cursor] : undefined;
    return event && { index: this.#cursor, event };
  }

  /** The next event, whatever piece of work it belongs to. */
  get upcoming(): RunEvent | undefined {
    return this.events[this.#cursor];
  }

  /** Whether others began to work on the run after this piece of work. */
  get isBrokenOff(): boolean {
    return this.#end < this.events.length;
  }

  /** The time of the last event that came out. */
  get lastAt(): number {
    return this.events[Math.max(this.#cursor - 1, 0)]?.at ?? 0;
  }

  /** Ticks off the next event, which no work makes, and gives it. The beginning of work begins a piece of it. */
  pass(): RunEvent | undefined {
    const event = this.events[this.#cursor];
    if (event) this.#tick(this.#cursor);
    if (event?.type === 'run.started') this.#end = this.#nextStart(this.#cursor);
    return event;
  }

  /** Ticks off the event that this is, the next of its lane; `undefined` when that is another one. */
  take(type: RunEventType, data: RunEventData[RunEventType]): RunEvent | undefined {
    const found = this.nextOf(type, data);
    if (!found || found.event.type !== type || !isSameData(type, found.event.data, data)) return undefined;
    if (found.index !== this.#cursor) this.reordered += 1;
    this.#tick(found.index);
    return found.event;
  }

  /** The next event of the lane that such an event would be in. */
  nextOf(type: RunEventType, data: RunEventData[RunEventType]): Found | undefined {
    const lane = laneOf({ type, data } as RunEvent); // only what names the lane is read
    return this.#first((_event, index) => this.#lanes[index] === lane);
  }

  /** The next event of these types that fits. */
  find<Type extends RunEventType>(
    types: readonly Type[],
    fits: (data: RunEventData[Type], event: Wanted<Type>) => boolean,
  ): Found<Wanted<Type>> | undefined {
    const found = this.#first(
      (event) =>
        (types as readonly string[]).includes(event.type) &&
        fits(event.data as RunEventData[Type], event as Wanted<Type>), // of one of the types
    );
    return found as Found<Wanted<Type>> | undefined; // as was just found
  }

  /** The last event that came out before and fits. */
  findTaken<Type extends RunEventType>(
    type: Type,
    fits: (data: RunEventData[Type]) => boolean,
  ): RunEventData[Type] | undefined {
    const index = this.events.findLastIndex(
      (event, at) =>
        this.#isTaken[at] === true && event.type === type && fits(event.data as RunEventData[Type]), // of that type
    );
    return this.events[index]?.data as RunEventData[Type] | undefined; // of that type
  }

  #first(fits: (event: RunEvent, index: number) => boolean): Found | undefined {
    for (let index = this.#cursor; index < this.#end; index += 1) {
      const event = this.events[index];
      if (event && this.#isTaken[index] !== true && fits(event, index)) return { index, event };
    }
    return undefined;
  }

  #tick(index: number): void {
    this.#isTaken[index] = true;
    while (this.#isTaken[this.#cursor] === true) this.#cursor += 1;
  }

  #nextStart(from: number): number {
    const index = this.events.findIndex(({ type }, at) => at >= from && type === 'run.started');
    return index < 0 ? this.events.length : index;
  }
}
