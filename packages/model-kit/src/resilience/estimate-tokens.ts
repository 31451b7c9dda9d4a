import type { ModelRequest } from '@agent-factory/sdk/contracts';
import type { Usage } from '@agent-factory/sdk/domain';

/** A token is about four characters of English, fewer of most other languages. */
const charactersPerToken = 4;
/** What an answer is taken to have where no limit is set. */
const likelyOutput = 500;
/** What providers count for an image, at a guess. */
const tokensPerImage = 1000;

/** A guess at the tokens of a call before it is made, for limits; what it used in truth is counted afterwards. */
export function estimateTokens({ messages, maxOutputTokens = likelyOutput }: ModelRequest): number {
  let characters = 0;
  let images = 0;
  for (const { content } of messages) {
    if (typeof content === 'string') characters += content.length;
    else {
      for (const part of content) {
        if (part.type === 'text') characters += part.text.length;
        else images += 1;
      }
    }
  }
  const input = characters / charactersPerToken + images * tokensPerImage;
  return Math.ceil(input + Math.min(maxOutputTokens, likelyOutput));
}

/** What limits count of a call. */
export function countTokens({ inputTokens, outputTokens }: Usage): number {
  return inputTokens + outputTokens;
}
