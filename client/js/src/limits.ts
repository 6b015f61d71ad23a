// Limits of the protocol: the figures of wire/tertulia_wire/limits.py, kept equal by a test.

export const MAX_SEQ = Number.MAX_SAFE_INTEGER;
export const MAX_REF = 2 ** 31 - 1;
export const MAX_CHANNEL_CHARS = 64;
export const MAX_EPOCH_CHARS = 32;
export const MAX_NAME_CHARS = 64;
export const MAX_REASON_CHARS = 512;
export const MAX_DEPTH_LEVELS = 8;
export const MAX_ARRAY_ITEMS = 512;
export const MAX_MAP_ITEMS = 256;
export const MAX_SERVER_MESSAGE_BYTES = 1024 * 1024;
export const MAX_SUBSCRIPTIONS_PER_MESSAGE = 500;
export const MAX_SUBSCRIPTIONS_PER_CONNECTION = 1000;
export const POSTS_PER_PAGE = 20;
