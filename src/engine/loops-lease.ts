/** The lease of the one process that runs the loops; apart, so that a look at it loads no loop. */
export const loopsLease = "loops";
