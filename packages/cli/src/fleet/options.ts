/** Options of every command that speaks to a fleet. */
export interface RedisArgs {
  readonly redis: string;
  readonly redisPasswordFile?: string | undefined;
  readonly redisCa?: string | undefined;
}

/** Options of every command that speaks to a fleet. There is none for a password: command lines can be seen by everybody. */
export const redisOptions = {
  redis: { type: "string", describe: "Redis that the fleet shares: redis://HOST:PORT, or rediss:// for TLS" },
  "redis-password-file": {
    type: "string",
    describe: "File that holds its password (default: ARCHWRIGHT_REDIS_PASSWORD, or the file that ARCHWRIGHT_REDIS_PASSWORD_FILE names)",
  },
  "redis-ca": { type: "string", describe: "PEM file of the certificate authority, for rediss://" },
} as const;

/** The same options once more, for a command that the user is told to enter. */
export function writtenRedisOptions({ redis, redisPasswordFile, redisCa }: RedisArgs): string {
  return [
    `--redis ${redis}`,
    ...(redisPasswordFile === undefined ? [] : [`--redis-password-file ${redisPasswordFile}`]),
    ...(redisCa === undefined ? [] : [`--redis-ca ${redisCa}`]),
  ].join(" ");
}
