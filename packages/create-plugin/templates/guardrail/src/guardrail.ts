import type { Guardrail } from '@agent-factory/sdk/contracts';
import { guardrailErrors, passed } from '@agent-factory/sdk/contracts';

/** Stops what is written in capitals alone. */
export const guardrail: Guardrail = {
  name: 'my-plugin',
  description: 'Stops messages and answers that are written in capitals alone.',
  stages: ['input', 'output'],
  settings: {
    type: 'object',
    properties: { letters: { type: 'integer', minimum: 1, default: 8 } },
    additionalProperties: false,
  },
  async prepare({ letters = 8, ...unknown }) {
    const [stray] = Object.keys(unknown);
    const refuse = (path: string, problem: string) =>
      guardrailErrors.AF_GUARDRAIL_SETTINGS_INVALID({
        name: 'my-plugin',
        path,
        at: ` at ${path}`,
        problem,
        mend: 'Its settings are { "letters": <how many letters may shout> }.',
      });
    if (stray !== undefined) throw refuse(`/${stray}`, 'there is no such setting');
    if (!Number.isInteger(letters) || Number(letters) < 1)
      throw refuse('/letters', 'it is no number above zero');
    return {
      check({ value }) {
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        const found = text.match(/\p{L}/gu) ?? [];
        if (found.length <= Number(letters) || text !== text.toUpperCase()) return passed;
        return { verdict: 'block', code: 'shouting', reason: 'It is written in capitals alone.' };
      },
    };
  },
};
