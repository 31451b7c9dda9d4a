import { createPacker } from './packer.ts';
import type { PeerParts } from './peer.ts';
import { createStreams } from './streams.ts';
import { createWatches } from './watches.ts';

/** The parts of every peer. */
export const peerParts: PeerParts = { createPacker, createStreams, createWatches };
