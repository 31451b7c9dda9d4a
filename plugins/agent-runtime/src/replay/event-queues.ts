/** Places of events under names, each queue in the order of the events; what was taken out of one is left behind. */
export class EventQueues {
  readonly #queues = new Map<string, { readonly places: number[]; head: number }>();
  readonly #isTaken: readonly boolean[];

  constructor(isTaken: readonly boolean[]) {
    this.#isTaken = isTaken;
  }

  /** Places are added in their order. */
  add(name: string, place: number): void {
    const queue = this.#queues.get(name);
    if (queue) queue.places.push(place);
    else this.#queues.set(name, { places: [place], head: 0 });
  }

  /** The first place that was not taken and fits, before `end`. */
  first(name: string, end: number, fits?: (place: number) => boolean): number | undefined {
    const queue = this.#queues.get(name);
    if (!queue) return undefined;
    const { places } = queue;
    while (queue.head < places.length && this.#isTaken[places[queue.head] ?? 0] === true) queue.head += 1;
    for (let at = queue.head; at < places.length; at += 1) {
      const place = places[at];
      if (place === undefined || place >= end) return undefined;
      if (this.#isTaken[place] !== true && (!fits || fits(place))) return place;
    }
    return undefined;
  }

  /** The last place that was taken and fits. */
  lastTaken(name: string, fits: (place: number) => boolean): number | undefined {
    const { places = [] } = this.#queues.get(name) ?? {};
    return places.findLast((place) => this.#isTaken[place] === true && fits(place));
  }
}
