// The package consists of its two commands; nothing in it is there to be imported.
export {}
