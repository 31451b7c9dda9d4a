import type { Secret } from '@agent-factory/sdk';
import type { OpenaiConfig } from './config.ts';
import { errors } from './errors.ts';

/** Headers of one request. */
export function requestHeaders(config: OpenaiConfig): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const key = keyOf(config);
  if (key !== '') headers['authorization'] = `Bearer ${key}`;
  for (const name in config.headers) headers[name.toLowerCase()] = textOf(config.headers[name]);
  return headers;
}

/** The API key, or `''`. */
export function keyOf(config: OpenaiConfig): string {
  return config.apiKey?.reveal().trim() ?? '';
}

/** Refuses what cannot be sent, without showing it. */
export function checkHeaders(config: OpenaiConfig): void {
  const { provider } = config;
  const unsendable = (text: string): boolean => /[^\t\x20-\x7e]/.test(text);
  if (unsendable(keyOf(config))) {
    const reason = 'it has line breaks or letters that no header can hold';
    throw errors.AF_LLM_OPENAI_CONFIG({ provider, field: 'apiKey', reason });
  }
  for (const [name, value] of Object.entries(config.headers)) {
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(name) && !unsendable(textOf(value))) continue;
    const reason = 'its name or value cannot be sent';
    throw errors.AF_LLM_OPENAI_CONFIG({ provider, field: `headers/${name}`, reason });
  }
}

/** Takes the key and the values of configured headers out of a text. */
export function redact(text: string, config: OpenaiConfig): string {
  let clean = text;
  for (const secret of [keyOf(config), ...Object.values(config.headers).map(textOf)]) {
    if (secret.length > 3) clean = clean.replaceAll(secret, '[redacted]');
  }
  return clean;
}

function textOf(value: Secret | string | undefined): string {
  return typeof value === 'string' ? value : (value?.reveal() ?? '');
}
