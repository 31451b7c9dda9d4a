import { createHmac } from 'node:crypto';

/** What Standard Webhooks has signed. */
export interface SignedMessage {
  readonly id: string;
  /** Milliseconds since the epoch, of this attempt. */
  readonly at: number;
  readonly body: Uint8Array;
}

/** The headers by which a receiver knows who sends, with a signature by each key (Standard Webhooks, v1). */
export function signedHeaders(
  { id, at, body }: SignedMessage,
  keys: readonly Uint8Array[],
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1000));
  const signatures = keys.map((key) => {
    const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body);
    return `v1,${mac.digest('base64')}`;
  });
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
