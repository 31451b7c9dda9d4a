import { errors } from './errors.ts';

/** The address of `chat/completions` under `baseUrl`, whose query string is kept. */
export function chatUrl(provider: string, baseUrl: string): URL {
  const refuse = (reason: string): Error =>
    errors.AF_LLM_OPENAI_CONFIG({ provider, field: 'baseUrl', reason });
  if (!URL.canParse(baseUrl)) throw refuse('it is no URL');
  const url = new URL(baseUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refuse('it must begin with http:// or https://');
  }
  if (url.username || url.password) throw refuse('it holds a password; put that into "headers"');
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`;
  url.hash = '';
  return url;
}
