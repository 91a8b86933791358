#pragma once

#include "app/attention-map.h"

/*
 * Where known things are in pictures: a JSON file like data/samples/boxes.json:
 *
 *   { "format": "qlens-boxes", "version": 1, "about": "…",
 *     "pictures": [ { "file": "09-clock-cow.png",
 *                     "objects": [ { "words": ["cow", "cows"], "boxes": [ [x, y, width, height] ] } ] } ] }
 *
 * Files are in the list's folder. A box is in shares of the picture (0…1) from its top left corner; an object that is there
 * several times has a box for each. Words are what a text may call it: plurals and synonyms too.
 */

/** QlBoxObject: one kind of thing in a picture. */
typedef struct
{
  GStrv words; /* case folded */
  QlMapBox *boxes; /* [n_boxes] */
  int n_boxes;
} QlBoxObject;

/** QlBoxPicture: */
typedef struct
{
  char *path; /* in the list's folder */
  GPtrArray *objects; /* of QlBoxObject */
} QlBoxPicture;

/**
 * ql_box_list_open:
 *
 * Returns: (transfer full) (element-type QlBoxPicture): %NULL with B2_ERROR_IO, _FORMAT or _LIMIT, in English,
 *   naming the file and what is wrong in it
 */
GPtrArray *ql_box_list_open (const char *path, GError **error);

/** ql_box_list_find: by the last part of @path. Returns: (nullable) (transfer none) */
const QlBoxPicture *ql_box_list_find (const GPtrArray *list, const char *path);

/** ql_box_picture_find: Returns: (nullable) (transfer none): the object that @word calls by name */
const QlBoxObject *ql_box_picture_find (const QlBoxPicture *self, const char *word);

/** ql_box_object_has: whether a point of the picture, in shares, is in one of the boxes */
gboolean ql_box_object_has (const QlBoxObject *self, double x, double y);
