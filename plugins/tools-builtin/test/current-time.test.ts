import assert from 'node:assert/strict';
import { createCurrentTime } from '../src/current-time.ts';
import { callTool } from './call-tool.ts';

const tool = createCurrentTime({ now: () => Date.UTC(2026, 2, 28, 23, 5, 9) });

describe('current_time', () => {
  it('tells the time of a city by its common name', async () => {
    assert.deepEqual(await callTool(tool, { timeZone: 'Tokyo' }), {
      iso: '2026-03-29T08:05:09+09:00',
      timeZone: 'Asia/Tokyo',
      weekday: 'Sunday',
      date: '2026-03-29',
      time: '08:05:09',
      utcOffset: '+09:00',
    });
  });

  const zones = {
    'Asia/Tokyo': 'Asia/Tokyo',
    'new york': 'America/New_York',
    'São Paulo': 'America/Sao_Paulo',
    'Tokyo, Japan': 'Asia/Tokyo',
    Mumbai: 'Asia/Kolkata',
    'Asia/Calcutta': 'Asia/Kolkata',
    'San Francisco': 'America/Los_Angeles',
    'US/Eastern': 'America/New_York',
    utc: 'UTC',
    '+05:30': '+05:30',
  };
  for (const [name, timeZone] of Object.entries(zones)) {
    it(`understands ${name}`, async () => {
      const answer = (await callTool(tool, { timeZone: name })) as { timeZone: string };
      assert.equal(answer.timeZone, timeZone);
    });
  }

  it('knows offsets of half an hour and midnight', async () => {
    const answer = await callTool(tool, { timeZone: 'Asia/Kolkata' });
    assert.equal((answer as { iso: string }).iso, '2026-03-29T04:35:09+05:30');
    const midnight = createCurrentTime({ now: () => Date.UTC(2026, 0, 1) });
    assert.equal(
      ((await callTool(midnight, { timeZone: 'UTC' })) as { iso: string }).iso,
      '2026-01-01T00:00:00+00:00',
    );
  });

  it("uses the server's own time zone when none is given", async () => {
    const { timeZone } = (await callTool(tool, {})) as { timeZone: string };
    assert.equal(timeZone, Intl.DateTimeFormat().resolvedOptions().timeZone);
  });

  for (const name of ['Atlantis', '__proto__', 'constructor', '../../etc']) {
    it(`refuses ${name} and names zones there are`, async () => {
      await assert.rejects(callTool(tool, { timeZone: name }), {
        code: 'AF_TOOLS_BUILTIN_TIME_ZONE_UNKNOWN',
        fix: /Europe\/Oslo/,
      });
    });
  }
});
