// The task of every subject: one agent, one tool, two model turns. Plain JavaScript, so that a cold start pays no
// type stripping.
export const instructions = 'You are a weather assistant. Use the tool, then answer in one sentence.';
export const toolName = 'get_weather';
export const toolDescription = 'Current weather for a city';
export const toolInput = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
export const finalText =
  'It is 7 degrees with light rain in Oslo, so take a coat and an umbrella with you today.';

/** How often the tool was called in this process. */
export const calls = { tool: 0 };

/** The tool itself. */
export function weather({ city }) {
  if (city !== 'Oslo') throw new Error(`unexpected city ${city}`);
  calls.tool++;
  return { city, degrees: 7, sky: 'light rain' };
}
