import assert from 'node:assert/strict';
import { takesLinearTime } from '@agent-factory/sdk/testing';
import { userContent } from '../src/content.ts';

const image = (url: string) => userContent([{ type: 'image_url', image_url: { url } }]);

describe('what users send through the door for clients of OpenAI', () => {
  it('has the media type that the address of an image tells', () => {
    for (const [url, mediaType] of [
      ['https://example.org/a.b/cat.JPG?size=1.gif#x', 'image/jpeg'],
      ['https://example.org/cat', 'image/png'],
      ['data:image/webp;base64,AA==', 'image/webp'],
    ] as const)
      assert.deepEqual(image(url), [{ type: 'image', mediaType, url }]);
  });

  it('is read in time that grows with it', () =>
    takesLinearTime((size) => image(`https://example.org/${'.a?'.repeat(size)}\n`), 30_000));
});
