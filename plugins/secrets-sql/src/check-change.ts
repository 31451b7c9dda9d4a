import { secretNamePattern, type SecretChange } from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';

/** What names a host a secret may be sent to: a name or address, with a port or without. */
export const hostPattern: string = String.raw`^(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9_][A-Za-z0-9._-]{0,252})(:[0-9]{1,5})?$`;
export const mostHosts = 20;
export const longestDescription = 300;
/** One line, without what a terminal or a database takes for something else. */
export const descriptionPattern: string = String.raw`^[^\u0000-\u001f\u007f]*$`;

/** AF_SECRET_INVALID where a change cannot be kept. The value is in no message. */
export function checkChange(
  name: string,
  { value, hosts = [], description = '' }: SecretChange,
  maxValueBytes: number,
): { readonly text: string; readonly hosts: readonly string[]; readonly description: string } {
  const text = value.reveal();
  const refuse = (reason: string, mend: string): never => {
    throw errors.AF_SECRET_INVALID({ name: name.slice(0, 100), reason, mend });
  };
  const bytes = Buffer.byteLength(text);
  if (!secretNamePattern.test(name))
    refuse('its name is none', 'Name it with 1 to 100 letters, digits, "_", "-" and ".".');
  if (text === '' || !text.isWellFormed())
    refuse('it has no value, or half a character in it', 'Give the value as text.');
  if (bytes > maxValueBytes)
    refuse(`its value has ${bytes} bytes`, `Keep at most ${maxValueBytes} bytes in one secret.`);
  const wrong = hosts.find((host) => !new RegExp(hostPattern).test(host));
  if (wrong !== undefined || hosts.length > mostHosts)
    refuse('its hosts are none, or too many', `Name up to ${mostHosts}, each as host or host:port.`);
  if (description.length > longestDescription || !new RegExp(descriptionPattern, 'u').test(description))
    refuse('its description is too long, or has more than one line', `Use ${longestDescription} characters.`);
  if (!description.isWellFormed()) refuse('its description has half a character in it', 'Give it as text.');
  return { text, hosts: [...new Set(hosts.map((host) => host.toLowerCase()))], description };
}
