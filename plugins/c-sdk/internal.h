// What the sources of the SDK share, and no plugin needs.

#ifndef PODWEAVE_INTERNAL_H
#define PODWEAVE_INTERNAL_H

#include <stddef.h>

// Memory, which is never NULL and never freed: the instance ends with the render.
void *podweave_allocate(size_t size);

// Ends the render because of an argument. What is logged last is what the plugin's author reads.
_Noreturn void podweave_refuse(const char *function, const char *argument, const char *mistake);

#endif
