/**
 * The one function of the runner a guest can call: what for, two numbers and a text; the answer is a text. Numbers
 * and texts alone cross the membrane, in both directions.
 */
export type HostCall = (what: number, id: number, target: number, text: string) => string;

/**
 * How lines pass: as what functions without arguments give back. Nothing crosses the membrane for less, by a factor of
 * ten.
 */
export interface HostLines {
  /** What the platform has said, as whole lines; nothing when it has been taken. */
  take(): string;
  /** The guest has something to say, long after it heard anything: the runner asks when what is computed now gives way. */
  wake(): void;
}

/** The other end of {@link HostLines}, in the guest. */
export interface GuestLines {
  /** Takes what the platform has said; the runner calls `say` soon afterwards. */
  hear(): void;
  /** All that is to be sent, as whole lines. */
  say(): string;
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
