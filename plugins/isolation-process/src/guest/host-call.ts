/**
 * The one function of the runner a guest can call: what for, two numbers and a text; the answer is a text. Numbers
 * and texts alone cross the membrane, in both directions.
 */
export type HostCall = (what: number, id: number, target: number, text: string) => string;

/**
 * How lines pass through the membrane: as a property of the guest's. An argument costs about ten times as much, and a
 * call about twice.
 */
export interface GuestLines {
  /**
   * Set: what the platform has said, as whole lines. Read: what is to be sent since it was last read. The runner reads
   * it soon after it has set it, and after it has been woken.
   */
  lines: string;
}

/** What a guest asks of the runner. */
export const asks: {
  readonly setTimer: 40;
  readonly clearTimer: 41;
  /** Text `[input, base]` or `[href, property, value]`: the parts of the URL as JSON, or nothing. */
  readonly url: 42;
  readonly setUrl: 43;
  /** `target` random bytes, in hex. */
  readonly random: 44;
} = { setTimer: 40, clearTimer: 41, url: 42, setUrl: 43, random: 44 };

/** What a guest is told beside messages of the bridge: timer `id` is due. */
export const timerDue = 50;

/** The number of the function a guest boots with: the first it lends. */
export const bootFunction = 1;
