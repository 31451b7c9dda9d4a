import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';

const places = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser without a window, that asks for nothing by itself; `undefined`, with a warning, where there is none. */
export async function openBrowser(): Promise<Browser | undefined> {
  const executablePath = places.find((place) => place !== undefined && existsSync(place));
  if (executablePath !== undefined) {
    // A third of a second to load, and most who use this package open none.
    const { chromium } = await import('playwright-core');
    return chromium.launch({ executablePath, args: quiet });
  }
  console.warn(
    '      no Chromium here, so pages are not looked at: apt-get install chromium, or set CHROMIUM',
  );
  return undefined;
}
