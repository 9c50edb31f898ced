/** Loads the package that is named, or nothing, and ends: how long a process takes that does no more. */
if (process.argv[2] !== undefined) await import(process.argv[2]);
process.exit();
