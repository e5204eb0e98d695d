// Declares what the sources of the SDK share; plugins do not need it.

#ifndef PODWEAVE_INTERNAL_H
#define PODWEAVE_INTERNAL_H

#include <stddef.h>

// Allocates memory. It never returns NULL, and the memory is never freed: the instance ends with the render.
void *podweave_allocate(size_t size);

// Ends the render because of an argument. The plugin's author reads the last line of the log.
_Noreturn void podweave_refuse(const char *function, const char *argument, const char *mistake);

#endif
