/**
 * The one function of the runner a guest can call: what for, two numbers and a text; the answer is a text. Numbers
 * and texts alone cross the membrane, in both directions.
 */
export type HostCall = (what: number, id: number, target: number, text: string) => string;

/** What a guest asks of the runner itself; smaller numbers are messages for the platform. */
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
