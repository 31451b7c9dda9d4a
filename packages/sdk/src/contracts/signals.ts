import { defineContract, type SingleContract } from '../contract.ts';

/**
 * Short messages between the processes of one platform, at most once and in no order: hints that something is worth
 * a look, never the only record of it. Whoever listens must also look from time to time.
 */
export interface Signals {
  /** Tells every process, this one included. `text`: at most 4,000 bytes. Resolves when sent; a loss on the way is no error. */
  publish(channel: string, text: string): Promise<void>;
  /**
   * Calls `listener` with each text until it is disposed; with `undefined` when messages may have been lost (after a
   * broken connection). `channel`: lower-case letters, digits, `_`, at most 48.
   */
  subscribe(channel: string, listener: (text: string | undefined) => void): Disposable;
}

/** Token of {@link Signals}. */
export const Signals: SingleContract<Signals> = defineContract<Signals>({
  id: 'signals',
  version: '1.0.0',
  description: 'Short messages between the processes of one platform.',
});
