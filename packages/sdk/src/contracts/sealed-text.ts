import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Encrypts and decrypts with AES-256-GCM under a key made from the operator's secret. `about` is bound to it. */
export interface SealedText {
  seal(bytes: Uint8Array, about: string): string;
  /** Throws what `node:crypto` throws where the secret, `about` or the text is another. */
  open(text: string, about: string): Uint8Array;
}

/** `purpose` keeps what is sealed for one thing from being opened as another. */
export function createSealedText(secret: string, purpose: string): SealedText {
  const key = Buffer.from(hkdfSync('sha256', secret, '', `agent-factory ${purpose}`, 32));
  return {
    seal(bytes, about) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(about));
      const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
    },
    open(text, about) {
      const bytes = Buffer.from(text, 'base64');
      const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 });
      cipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]);
    },
  };
}
