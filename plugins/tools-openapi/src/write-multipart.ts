import { randomBytes } from 'node:crypto';

/** Fields as a body of `multipart/form-data` (RFC 7578). */
export function writeMultipart(fields: readonly (readonly [name: string, value: string])[]): {
  readonly type: string;
  readonly bytes: Uint8Array;
} {
  // Random, so that no value can hold it.
  const boundary = `agent-factory-${randomBytes(16).toString('hex')}`;
  const parts = fields.map(
    ([name, value]) =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`,
  );
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    bytes: new TextEncoder().encode(`${parts.join('')}--${boundary}--\r\n`),
  };
}

function quoted(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
