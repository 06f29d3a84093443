/** Gives as many bytes as are asked for, each of them once. */
export declare function createRandomSource(): (count: number) => Buffer;
