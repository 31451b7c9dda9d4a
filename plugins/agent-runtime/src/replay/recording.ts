import type { RunEvent, RunEventData, RunEventType } from '@agent-factory/sdk/domain';
import { laneOf } from './event-lane.ts';
import { EventQueues } from './event-queues.ts';
import { isSameData } from './same-data.ts';

/** An event of the record that has not come out again yet, with its place. */
export interface Found<Event extends RunEvent = RunEvent> {
  readonly index: number;
  readonly event: Event;
}

type Wanted<Type extends RunEventType> = RunEvent & { readonly type: Type };

/** What an event is about, where it says so. To name it keeps a search from looking at all that comes later. */
export interface About {
  readonly callId?: string | undefined;
  readonly path?: string | undefined;
  readonly turn?: number | undefined;
}

/**
 * The events of a run, ticked off one after the other as they come out again. It is read up to the end of the present
 * piece of work: to where work on the run was begun again.
 */
export class Recording {
  readonly events: readonly RunEvent[];
  /** How many came out before another one. */
  reordered = 0;
  readonly #isTaken: boolean[];
  readonly #queues: EventQueues;
  /** Places where work was begun, the next one last. */
  readonly #starts: number[] = [];
  #cursor = 0;
  #end = 0;

  constructor(events: readonly RunEvent[]) {
    this.events = events;
    this.#isTaken = events.map(() => false);
    this.#queues = new EventQueues(this.#isTaken);
    for (const [index, event] of events.entries()) {
      const { type } = event;
      if (type === 'run.started') this.#starts.push(index);
      this.#queues.add(laneName(laneOf(event)), index);
      this.#queues.add(type, index);
      for (const name of namesOf(event.data)) this.#queues.add(queueName(type, name), index);
    }
    this.#starts.reverse();
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
    return this.#found(this.#queues.first(laneName(lane), this.#end));
  }

  /** The next event of these types that is about this, and fits. */
  find<Type extends RunEventType>(
    types: readonly Type[],
    about?: About,
    fits?: (data: RunEventData[Type]) => boolean,
  ): Found<Wanted<Type>> | undefined {
    const [name] = about ? namesOf(about) : [];
    const isIt = fits && ((place: number) => fits(this.events[place]?.data as RunEventData[Type])); // of one of the types
    let first: number | undefined;
    for (const type of types) {
      const place = this.#queues.first(queueName(type, name), first ?? this.#end, isIt);
      first = place ?? first;
    }
    return this.#found(first) as Found<Wanted<Type>> | undefined; // of one of the types
  }

  /** The last event that came out before, is about this and fits. */
  findTaken<Type extends RunEventType>(
    type: Type,
    about: About,
    fits: (data: RunEventData[Type]) => boolean,
  ): RunEventData[Type] | undefined {
    const [name] = namesOf(about);
    const place = this.#queues.lastTaken(
      queueName(type, name),
      (at) => fits(this.events[at]?.data as RunEventData[Type]), // of that type
    );
    return place === undefined ? undefined : (this.events[place]?.data as RunEventData[Type]); // of that type
  }

  #found(index: number | undefined): Found | undefined {
    const event = index === undefined ? undefined : this.events[index];
    return event && index !== undefined ? { index, event } : undefined;
  }

  #tick(index: number): void {
    this.#isTaken[index] = true;
    while (this.#isTaken[this.#cursor] === true) this.#cursor += 1;
  }

  #nextStart(from: number): number {
    while ((this.#starts.at(-1) ?? from) < from) this.#starts.pop();
    return this.#starts.at(-1) ?? this.events.length;
  }
}

/** The names under which events about something are found, the narrowest first. */
function namesOf(what: object): readonly string[] {
  const { callId, path, turn } = what as About; // whatever events have of it
  const names: string[] = [];
  // What a guardrail asks about a call belongs to it.
  const about = callId ?? path?.match(/^(.*)!guardrail\./)?.[1];
  if (about !== undefined) names.push(`call ${about}`);
  if (path !== undefined) names.push(`path ${path}`);
  if (turn !== undefined) names.push(`turn ${turn}`);
  return names;
}

function queueName(type: RunEventType, name: string | undefined): string {
  return name === undefined ? type : `${type} ${name}`;
}

/** No type of an event is called so. */
function laneName(lane: string): string {
  return `lane ${lane}`;
}
